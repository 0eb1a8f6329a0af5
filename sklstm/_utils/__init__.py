"""What several rooms share and none of them is about.

The private names of scikit-learn, tables, labels, quantile levels, wrapped estimators,
persistence, optional packages and text.
"""
