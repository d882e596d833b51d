import type { ModelRule } from '../../../sdk/provider-kit/model-rules.ts';
import type { ApiQuirks, OfferedApi } from '../../../sdk/provider-kit/openai-apis.ts';

/** What is known of a compatible server: data only, no code asks for a server's name. */
export interface Profile extends ApiQuirks {
  /** Whose server it is, where the address says so: matched against host and port. */
  readonly hosts: readonly RegExp[];
  /** What it offers unless the configuration says otherwise. */
  readonly apis: readonly OfferedApi[];
  /** What it is asked for until it turns out that it has not. */
  readonly assumedApis?: readonly OfferedApi[];
  /** Whether streams may be asked for usage with `stream_options.include_usage`. */
  readonly streamUsage: boolean;
  /** What its models take. The first row is usually for all of them; all that match count, later ones win. */
  readonly models: readonly ModelRule[];
}
