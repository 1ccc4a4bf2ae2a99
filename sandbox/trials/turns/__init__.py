"""Several invocations at once: the stage, what stands behind it, who meets whom, and a witness."""
