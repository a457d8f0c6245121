print("package api is imported")
