"""Aftercart: what a shop says to a customer after the sale."""

import gc
import os

if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    # All that a function makes while it initialises stays: looking for garbage among it costs a cold start a
    # twentieth. `wiring.prepare` turns it on again.
    gc.disable()
