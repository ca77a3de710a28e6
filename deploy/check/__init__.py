"""`make deploy-check`: what Kustomize builds is valid, and says what the services say."""
