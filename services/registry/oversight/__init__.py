"""The read side for those who oversee [监管与决策参考]: dossiers, dormancy, coverage of industries, statistics (domain R8, R10 of peers; R80)."""
