import type { JsonObject } from '../../../sdk/json.ts';
import { maxListedPrompts, type PromptStore } from '../../../sdk/prompts.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Migrations } from '../migration.ts';
import type { Postgres, Send } from '../postgres.ts';
import { checkedVersion, checkLabels, nextVersion, storedPrompt } from './words.ts';

export interface PostgresPromptsOptions {
  readonly postgres: Postgres;
  readonly clock: Clock;
}

const migrations: Migrations = {
  store: 'prompts',
  steps: [
    // The content is text: jsonb knows no NUL and would reorder it. Names are sorted by their bytes, as SQLite does.
    `CREATE TABLE prompts (
      name text COLLATE "C" NOT NULL,
      version text COLLATE "C" NOT NULL,
      place integer NOT NULL,
      created_at_ms bigint NOT NULL,
      content text NOT NULL,
      PRIMARY KEY (name, version),
      UNIQUE (name, place)
    );
    CREATE TABLE prompt_labels (
      name text COLLATE "C" NOT NULL,
      label text COLLATE "C" NOT NULL,
      version text COLLATE "C" NOT NULL,
      weight integer NOT NULL,
      PRIMARY KEY (name, label, version)
    );`,
  ],
};

const versionsOf = 'SELECT version, created_at_ms FROM prompts WHERE name = $1 ORDER BY place';

/** Prompts in PostgreSQL. */
export function createPostgresPrompts({ postgres, clock }: PostgresPromptsOptions): PromptStore {
  postgres.migrate(migrations);

  /** A write; it has the prompt for itself until it ends. */
  function writing<T>(expected: string, name: string, work: (send: Send) => Promise<T>): Promise<T> {
    return postgres.transaction(expected, async (send) => {
      await send("SELECT pg_advisory_xact_lock(hashtext('sluice prompts'), hashtext($1))", [name]);
      return work(send);
    });
  }

  async function move(
    send: Send,
    name: string,
    label: string,
    shares: Readonly<Record<string, number>>,
  ): Promise<void> {
    await send('DELETE FROM prompt_labels WHERE name = $1 AND label = $2', [name, label]);
    for (const [version, weight] of Object.entries(shares)) {
      await send('INSERT INTO prompt_labels (name, label, version, weight) VALUES ($1, $2, $3, $4)', [
        name,
        label,
        version,
        weight,
      ]);
    }
  }

  return {
    async names(after, limit) {
      const found = await postgres.query('the prompt store to list prompts', {
        text: 'SELECT DISTINCT name FROM prompts WHERE name > $1 ORDER BY name LIMIT $2',
        values: [after, Math.min(limit, maxListedPrompts)],
        repeatable: true,
      });
      return found.map(({ name }) => String(name));
    },
    async read(name) {
      // One statement sees one moment: versions and labels belong together.
      const found = await postgres.query('the prompt store to read a prompt', {
        text: `SELECT version, created_at_ms, place, NULL::text AS label, NULL::integer AS weight
            FROM prompts WHERE name = $1
          UNION ALL SELECT version, NULL, NULL, label, weight FROM prompt_labels WHERE name = $1
          ORDER BY place, label, version`,
        values: [name],
        repeatable: true,
      });
      return storedPrompt(
        name,
        found.filter(({ label }) => label === null),
        found.filter(({ label }) => label !== null),
      );
    },
    async content(name, version) {
      const [found] = await postgres.query('the prompt store to read a prompt', {
        text: 'SELECT content FROM prompts WHERE name = $1 AND version = $2',
        values: [name, version],
        repeatable: true,
      });
      return found === undefined ? null : (JSON.parse(String(found['content'])) as JsonObject);
    },
    async add(wanted) {
      const json = checkedVersion(wanted);
      const { name } = wanted;
      return writing('the prompt store to take a version', name, async (send) => {
        const known = (await send(versionsOf, [name])).map(({ version }) => String(version));
        const version = nextVersion(wanted.version, known);
        if (version === null) return null;
        await send(
          `INSERT INTO prompts (name, version, place, created_at_ms, content)
           SELECT $1, $2, coalesce(max(place), 0) + 1, $3, $4 FROM prompts WHERE name = $1`,
          [name, version, clock.now(), json],
        );
        for (const label of new Set(wanted.labels)) await move(send, name, label, { [version]: 1 });
        return version;
      });
    },
    async label(name, moved) {
      checkLabels(moved);
      return writing('the prompt store to move a label', name, async (send) => {
        const known = new Set((await send(versionsOf, [name])).map(({ version }) => String(version)));
        const wanted = Object.values(moved).flatMap((shares) => Object.keys(shares ?? {}));
        if (known.size === 0 || wanted.some((version) => !known.has(version))) return false;
        for (const [label, shares] of Object.entries(moved)) await move(send, name, label, shares ?? {});
        return true;
      });
    },
  };
}
