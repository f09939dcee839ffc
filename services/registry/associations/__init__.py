"""The register: who exists, and every change of what is registered. Public: the law has it announced."""
