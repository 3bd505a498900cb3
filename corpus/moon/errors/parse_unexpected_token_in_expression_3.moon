let x = while true {};
