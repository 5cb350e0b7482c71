"""Sends the stable weights of a weighbridge to a DeskOps portal."""
