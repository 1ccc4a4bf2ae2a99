"""What linters say of the template as CloudFormation gets it, beside what we have answered to it."""
