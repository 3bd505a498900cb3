let stock = #{ nut: 3 };
stock["bolt"] = 4;
stock["nut"] + stock["bolt"] + stock["gear"]
