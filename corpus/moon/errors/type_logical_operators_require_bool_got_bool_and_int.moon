true && (5)
