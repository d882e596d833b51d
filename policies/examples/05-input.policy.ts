// What may come in at all: which features may call, how much they may send, and words that never leave the house.
import { all, any, content, deny, feature, label, not, onRequest, policy, tokensIn } from 'sluice';

const denied = content(/\b(project (?:bluebird|nightjar)|internal use only)\b/i);
const mayReadAll = any(feature('legal-*'), label('clearance', 'high'));

export const input = policy(
  'input',
  { kind: 'guard' },
  onRequest(
    'allow-list',
    all(label('features', 'listed'), not(feature('legal-*', 'support-*'))),
    deny(403, 'feature_not_listed', 'This tenant calls from legal-* and support-* alone: say which one.'),
  ),
  onRequest(
    'too-long',
    tokensIn.gt(60_000),
    deny(413, 'input_too_long', 'At most 60000 tokens: send less, or in parts.'),
  ),
  onRequest(
    'deny-list',
    all(denied, not(mayReadAll)),
    deny(403, 'confidential', 'The text has words that must not leave the house.'),
  ),
);
