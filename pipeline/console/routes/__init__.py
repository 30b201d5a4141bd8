"""The pages and their forms: routes that translate, and nothing else."""
