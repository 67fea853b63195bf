#!/usr/bin/env node
import { App } from 'aws-cdk-lib';
import { synthesise } from '../lib/app.ts';
import { complaintOf } from '../lib/complaint.ts';
import { readEnvironment } from '../local/environment.ts';

// The CDK app: `npx cdk deploy headgate-production -c environment=production`.
synthesise(new App({ autoSynth: false }), (path) => readEnvironment(path, process.env)).catch(
  (thrown: unknown) => {
    process.stderr.write(`${complaintOf(thrown)}\n`);
    process.exitCode = 1;
  },
);
