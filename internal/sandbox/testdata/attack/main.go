//go:build linux

// Attack does one thing that a program under training must not do. It exits with
// 10 when that succeeded, and with 0 when the system refused.
package main

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"time"
)

// attacks return nil when they succeeded.
var attacks = map[string]func() error{}

func register(list map[string]func() error) {
	for name, f := range list {
		if attacks[name] != nil {
			panic(name)
		}
		attacks[name] = f
	}
}

const succeeded = 10

// secret is in the memory of every process of this program at the same address.
var secret = "s3cr3t"

func main() {
	name := ""
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	switch name {
	case "list":
		var names []string
		for n := range attacks {
			names = append(names, n)
		}
		sort.Strings(names)
		for _, n := range names {
			fmt.Println(n)
		}
		return
	case "sleep":
		time.Sleep(time.Hour) // until it is killed
		return
	case "compute": // what is measured
		n := 0
		for i := range 1_500_000_000 {
			n += i ^ n
		}
		fmt.Println(n)
		return
	case "succeed":
		os.Exit(succeeded)
	}
	f := attacks[name]
	if f == nil {
		fmt.Println("no such attack")
		os.Exit(3)
	}
	if err := f(); err != nil {
		fmt.Println("refused:", err)
		return
	}
	fmt.Println("succeeded")
	os.Exit(succeeded)
}

var errNothing = errors.New("there is nothing")
