"""House rules of the whole suite; what a test is about it makes itself, with tests.factories."""

import hypothesis

# A slow machine is no failure, and a failing example must be repeatable from the log alone.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")
