"""The exact step: what each line is due before packs. Start at `fairness.find_fair`."""
