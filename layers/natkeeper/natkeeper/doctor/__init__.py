"""The doctor: reads an account, and has the checks of core/doctor judge it."""
