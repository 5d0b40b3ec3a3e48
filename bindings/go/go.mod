module procnet

go 1.19
