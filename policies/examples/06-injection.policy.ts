// Heuristics against prompt injection: cheap, and no proof of anything. What looks hostile in a tool's result, which nobody
// has typed, is refused; a user's own words are only marked, for a stricter rule, a judge (plugin moderation) or a report.
import { any, content, deny, onRequest, policy, tag } from 'sluice';

const override =
  /\b(?:ignore|disregard|forget)\s+(?:all\s+|any\s+|the\s+|your\s+)*(?:previous|prior|above|earlier)\s+(?:instructions?|rules?|prompts?|messages?)/i;
const reveal =
  /\b(?:reveal|print|show|repeat|output)\s+(?:me\s+)?(?:all\s+|the\s+|your\s+)*(?:system|hidden|initial)\s+(?:prompt|instructions?|message)/i;
const persona = /\byou\s+are\s+(?:now\s+)?(?:DAN\b|in\s+(?:developer|god|jailbreak)\s+mode)/i;
const markers = /<\|(?:im_start|im_end|system|endoftext)\|>|\[\/?INST\]|<<\/?SYS>>/i;
const exfiltration = /!\[[^\]]*\]\(https?:\/\/[^)\s]*\?[^)\s]*=/i;

const fromTools = any(
  content(override, { roles: ['tool'] }),
  content(reveal, { roles: ['tool'] }),
  content(persona, { roles: ['tool'] }),
  content(markers, { roles: ['tool'] }),
  content(exfiltration, { roles: ['tool'] }),
);
const fromUsers = any(
  content(override, { roles: ['user'] }),
  content(reveal, { roles: ['user'] }),
  content(persona, { roles: ['user'] }),
  content(markers, { roles: ['user'] }),
);

export const injection = policy(
  'injection',
  { kind: 'guard' },
  onRequest(
    'tool',
    fromTools,
    deny(403, 'prompt_injection', 'A tool result holds instructions for the model.'),
  ),
  onRequest('user', fromUsers, tag({ injection: 'suspected' })),
);
