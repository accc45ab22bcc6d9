"""An undoing knows both its ends and when it was logged, so that an erasure finds it, whichever of the two arrives first."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE timeline.link_undone ADD COLUMN other uuid, ADD COLUMN logged_at timestamptz")
    op.execute(
        """
        UPDATE timeline.link_undone SET
            other = split_part(convert_from(raw, 'UTF8')::jsonb #>> '{data,other,ref}', '-', 2)::uuid,
            logged_at = (convert_from(raw, 'UTF8')::jsonb ->> 'time')::timestamptz
        """
    )
    op.execute("ALTER TABLE timeline.link_undone ALTER COLUMN other SET NOT NULL, ALTER COLUMN logged_at SET NOT NULL")
    op.execute("CREATE INDEX link_undone_citizen ON timeline.link_undone (citizen)")
    op.execute("CREATE INDEX link_undone_other ON timeline.link_undone (other)")


def downgrade() -> None:
    raise NotImplementedError("the timeline is append-only: restore a backup to go back before this migration")
