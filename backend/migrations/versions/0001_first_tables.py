"""Creates the first tables: accounts, companies, certification, documents, and plain tables for everything else."""

from typing import Final

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ACCOUNTS: Final = """
CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    full_name text NOT NULL,
    password_hash text,
    roles text[] NOT NULL DEFAULT '{}',
    status text NOT NULL CHECK (status IN ('invited', 'active', 'inactive')),
    locale text NOT NULL DEFAULT 'en',
    avatar_document_id uuid,
    totp_secret text,
    totp_last_step bigint NOT NULL DEFAULT 0,
    token_version integer NOT NULL DEFAULT 0,
    email_verified_at timestamptz,
    last_seen_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE UNIQUE INDEX users_email ON users (lower(email)) WHERE deleted_at IS NULL;
CREATE INDEX users_page ON users (created_at, id);

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    session_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);

CREATE TABLE challenges (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    attempts integer NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL
);

CREATE TABLE one_time_tokens (
    user_id uuid NOT NULL REFERENCES users,
    purpose text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);

CREATE TABLE outgoing_messages (
    user_id uuid NOT NULL REFERENCES users,
    purpose text NOT NULL,
    recipient text NOT NULL,
    token text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, purpose)
);
COMMENT ON TABLE outgoing_messages IS 'Messages for a mailer to send; it deletes what it has sent';
"""

COMPANIES: Final = """
CREATE TABLE companies (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    registration_number text NOT NULL,
    country text NOT NULL,
    address jsonb NOT NULL,
    website text,
    industry text,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'verified', 'blocked')),
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE UNIQUE INDEX companies_registration ON companies (country, registration_number) WHERE deleted_at IS NULL;
CREATE INDEX companies_page ON companies (created_at, id);
CREATE INDEX companies_name ON companies (name COLLATE "C", id);

CREATE TABLE memberships (
    company_id uuid NOT NULL REFERENCES companies,
    user_id uuid NOT NULL REFERENCES users,
    administrator boolean NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (company_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);
"""

CERTIFICATION: Final = """
CREATE TABLE certification_requests (
    id uuid PRIMARY KEY,
    company_id uuid NOT NULL REFERENCES companies,
    scheme text NOT NULL,
    product_ids uuid[] NOT NULL,
    facility_ids uuid[],
    notes text,
    status text NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'submitted', 'in-audit', 'approved', 'rejected', 'withdrawn')),
    invoice_id uuid,
    renews uuid,
    reason text,
    submitted_at timestamptz,
    decided_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX certification_requests_page ON certification_requests (created_at, id);
CREATE INDEX certification_requests_company ON certification_requests (company_id, created_at, id);
CREATE UNIQUE INDEX certification_requests_renewal ON certification_requests (renews)
    WHERE status IN ('draft', 'submitted', 'in-audit');

CREATE TABLE certificates (
    id uuid PRIMARY KEY,
    number text NOT NULL UNIQUE,
    company_id uuid NOT NULL REFERENCES companies,
    request_id uuid NOT NULL UNIQUE REFERENCES certification_requests,
    scheme text NOT NULL,
    status text NOT NULL DEFAULT 'valid' CHECK (status IN ('valid', 'suspended', 'revoked')),
    issued_at date NOT NULL,
    valid_until date NOT NULL,
    product_ids uuid[] NOT NULL,
    suspension_reason text,
    search_text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX certificates_page ON certificates (created_at, id);
CREATE INDEX certificates_company ON certificates (company_id, created_at, id);

CREATE TABLE counters (name text PRIMARY KEY, value bigint NOT NULL);
"""

DOCUMENTS: Final = """
CREATE TABLE documents (
    id uuid PRIMARY KEY,
    company_id uuid REFERENCES companies,
    owner_id uuid NOT NULL REFERENCES users,
    audit_id uuid,
    finding_id uuid,
    kind text NOT NULL,
    title text NOT NULL,
    file_name text NOT NULL,
    content_type text NOT NULL,
    size_bytes bigint NOT NULL,
    storage_key text NOT NULL UNIQUE,
    taken_at text,
    stored_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE INDEX documents_page ON documents (created_at, id);
CREATE INDEX documents_company ON documents (company_id, created_at, id);
"""

PLAIN_TABLES: Final = (
    "facilities",
    "products",
    "ingredients",
    "suppliers",
    "supplier_certificates",
    "audits",
    "findings",
    "invoices",
    "payments",
    "notifications",
    "reports",
)
"""Tables of the generic resource module: values that queries use have a column, all others are in ``body``."""

PLAIN: Final = """
CREATE TABLE {table} (
    id uuid PRIMARY KEY,
    company_id uuid REFERENCES companies,
    parent_id uuid,
    owner_id uuid REFERENCES users,
    status text,
    name text NOT NULL DEFAULT '',
    at timestamptz,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE INDEX {table}_page ON {table} (created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX {table}_company ON {table} (company_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX {table}_parent ON {table} (parent_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX {table}_owner ON {table} (owner_id, created_at, id) WHERE deleted_at IS NULL;
"""

OTHERS: Final = """
CREATE TABLE recipe_lines (
    product_id uuid NOT NULL REFERENCES products,
    ingredient_id uuid NOT NULL REFERENCES ingredients,
    percentage numeric NOT NULL,
    supplier_id uuid,
    PRIMARY KEY (product_id, ingredient_id)
);
CREATE INDEX recipe_lines_ingredient ON recipe_lines (ingredient_id);
CREATE UNIQUE INDEX payments_idempotency ON payments (owner_id, (body ->> 'idempotencyKey'))
    WHERE body ? 'idempotencyKey';

CREATE TABLE payment_messages (
    provider text NOT NULL,
    message_hash bytea NOT NULL,
    body jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, message_hash)
);

CREATE TABLE kept_values (
    name text NOT NULL,
    user_id uuid REFERENCES users,
    body jsonb NOT NULL,
    UNIQUE NULLS NOT DISTINCT (name, user_id)
);
COMMENT ON TABLE kept_values IS 'What there is once, or once for each user: settings, preferences';

CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor_id uuid,
    action text NOT NULL,
    subject text NOT NULL
);
CREATE INDEX audit_log_page ON audit_log (at, id);
"""

VECTORS: Final = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'vector') THEN
        ALTER TABLE certificates ADD COLUMN embedding vector(256);
        CREATE INDEX certificates_embedding ON certificates USING hnsw (embedding vector_cosine_ops);
    END IF;
END
$$;
"""


def upgrade() -> None:
    """Create the tables, with vectors if `service.migrate` has created the extension pgvector."""
    plain = [PLAIN.format(table=table) for table in PLAIN_TABLES]
    for script in (ACCOUNTS, COMPANIES, CERTIFICATION, DOCUMENTS, *plain, OTHERS):
        for statement in script.split(";\n"):
            if statement.strip():
                op.execute(statement)
    op.execute(VECTORS)


def downgrade() -> None:
    """Refuse to delete the first tables, because this would delete all data.

    Raises:
        NotImplementedError: Always.
    """
    raise NotImplementedError("restore a backup instead of going back to before the first tables")
