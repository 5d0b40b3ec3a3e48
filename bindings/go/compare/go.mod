// A module of its own, so that the packages above need no other module. test.sh builds it without
// modules, against Debian's package of gopsutil.
module compare

go 1.19
