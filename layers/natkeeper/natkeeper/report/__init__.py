"""The report function: writes down what each day used, and tells what that saved."""
