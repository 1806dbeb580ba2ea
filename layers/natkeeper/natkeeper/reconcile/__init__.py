"""The reconcile function: every trigger -> observe -> plan -> apply. The single writer."""
