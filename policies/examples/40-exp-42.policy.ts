// An experiment: one user in ten gets the candidate, always the same ones. The tag exp.exp-42 names the arm.
import { policy, route, split, use } from 'sluice';

export const exp42 = policy(
  'exp-42',
  { kind: 'shape' },
  route(
    'ab',
    true,
    split('exp-42', 'user', { control: { share: 90 }, candidate: { share: 10, do: [use('candidate')] } }),
  ),
);
