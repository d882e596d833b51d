// One user in ten of the support team gets the candidate, always the same ones. The tag exp.candidate names the arm, so that
// `sluice cost report` and traces can tell them apart.
import { policy, route, split, tenant, use } from 'sluice';

export const experiment = policy(
  'experiment',
  { kind: 'shape', match: tenant('support') },
  route(
    'candidate',
    true,
    split('candidate', 'user', {
      control: { share: 90 },
      candidate: { share: 10, do: [use('chat-candidate')] },
    }),
  ),
);
