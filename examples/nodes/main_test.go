package main

func Example() {
	main()
	// Output:
	// x = -1.0            // param x
	// bar0 = bar(x)       // = 2.0  examples/nodes/main.go:25
	// b = 3.0             // input
	// add0 = bar0 + b     // = 5.0
	// mul0 = bar0 * add0  // = 10.0
	// feedback on mul0: Output should be larger.
}
