{ let v = 20; let w = v + 1; let v = "now text"; if w == 21 { v } else { "?" } }
