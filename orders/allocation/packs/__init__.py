"""The whole-pack step: near the targets, cheap, nothing wasted. Start at `packing.share_out`."""
