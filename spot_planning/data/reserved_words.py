"""Names that are not allowed for a database or its master user."""

POSTGRESQL_RESERVED_WORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
    column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
    from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
    returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
    unique user using variadic verbose when where window with
    """.split()  # noqa: SIM905 - a list of a word a line would be longer than the file
)
"""Reserved key words, including those that are allowed as names of functions or types (PostgreSQL documentation,
Appendix C, "SQL Key Words"). CreateDBInstance refuses them as DBName and as MasterUsername ("Can't be a reserved word
for the chosen database engine", Amazon RDS API Reference)."""

RESERVED_DATABASE_NAMES = frozenset({"admin", "db", "postgres", "rdsadmin", "template0", "template1"})
"""Names of existing databases, and names that Amazon RDS reserves."""
