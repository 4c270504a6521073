"""Markets from CSV files and answers to CSV files, for operators, studies and replays."""
