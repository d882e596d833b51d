/** Helpers for authors of provider kinds, published as `sluice/provider-kit`. */
export { argumentsObject } from '../translate/arguments.ts';
export { budgetOf, effortOf, isEffort, nearestEffort } from '../translate/effort.ts';
export { fitId } from '../translate/ids.ts';
export { mediaFromBase64, mediaFromUrl } from '../translate/media.ts';
export { carryNativeTools } from '../translate/native-tools.ts';
export { strictSchema, toolSchema } from '../translate/schema.ts';
export { type ToolNames, toolNames } from '../translate/tool-names.ts';
export { callNames, systemAsUser, type TidyTurn, tidyTurns } from '../translate/turns.ts';
export { apiKeys } from './api-keys.ts';
export { type BaseUrl, parseBaseUrl } from './base-url.ts';
export { claudeTraits, isClaude } from './claude.ts';
export { classifyFailure } from './failure.ts';
export { configuredHeaders, policyHeaders } from './headers.ts';
export { KeyPool } from './key-pool.ts';
export { maskUpstreamText } from './mask.ts';
export { vendorOf } from './vendor.ts';
