/** Measures one part in a process of its own: gets its name as a message, answers with its row. */
import { parts } from './parts.ts';

process.on('message', ({ part }: { part: string }) => {
  parts[part]!(part).then(
    (row) => process.send?.({ row }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
process.stderr.write('listening for a part\n');
