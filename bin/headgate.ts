#!/usr/bin/env node
import { complaint, silenceSqliteWarning } from '../cli/node-version.ts';

const tooOld = complaint(process.versions.node);
if (tooOld === undefined) {
  silenceSqliteWarning(process.versions.node, process);
  // Loaded only now, and without a top-level await: an old Node could not even read it.
  import('../cli/main.ts')
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    });
} else {
  process.stderr.write(`${tooOld}\n`);
  process.exitCode = 1;
}
