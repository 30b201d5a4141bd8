"""One module a revision, named by its number: 0001_baseline, 0002_…"""
