import { Logger } from '@aws-lambda-powertools/logger';

/** One logger for all handlers: structured, to standard output. It is given names and ids, never inputs or bodies. */
export const logger = new Logger({ serviceName: 'headgate' });
