"""Building stones of views: verbs, flows, the row view, painted widgets."""
