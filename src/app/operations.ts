import type {
  CommandAnswer,
  CommandRequest,
  EndpointView,
  ReleaseView,
  StartAnswer,
  StartRequest,
  TimelineEntry,
} from '../contracts/api.ts';

/** What the API offers to people's tools. Each throws ReleaseError for what cannot be done. */
export interface Operations {
  start(request: StartRequest): Promise<StartAnswer>;
  endpoints(): Promise<EndpointView[]>;
  release(releaseId: string): Promise<ReleaseView>;
  releases(): Promise<ReleaseView[]>;
  /** Every release of the version, newest first; where there is none, says so as an error `UnknownModelVersion`. */
  why(version: string, endpoint?: string): Promise<ReleaseView[]>;
  timeline(afterOrder: number, releaseId?: string): Promise<TimelineEntry[]>;
  command(releaseId: string, request: CommandRequest): Promise<CommandAnswer>;
  adopt(endpoint: string, actor: string): Promise<EndpointView>;
}
