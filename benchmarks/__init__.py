"""What the product measures about itself: `make bench-allocation`."""
