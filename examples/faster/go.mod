module example.com/faster

go 1.22
