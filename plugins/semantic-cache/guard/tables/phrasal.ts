/** Verbs whose meaning hangs on a small word behind them, and those small words. */
const rows = `log in out on off
sign in out up off
check in out
turn on off up down over
switch on off
power on off up down
zoom in out
opt in out
plug in out
clock in out
phase in out
fade in out
move in out
speed up
slow down
scale up down out in
roll out back
scroll up down
lock in out
shut down off
boot up
set up
back up
pick up
give up back
take off
put on off
break up down
close down
warm up
cool down
hold on
hand in out over
throw away out
write down off
find out
send back
pay back off
get back`;

/** Verb in base form to its particles. */
export const particleVerbs: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  rows.split('\n').map((row) => {
    const [verb, ...particles] = row.split(' ');
    return [verb!, new Set(particles)];
  }),
);

/** Particles that stand behind the object as well: "turn the light off". The others mean a place there. */
export const movableParticles: ReadonlySet<string> = new Set(['off', 'out', 'down', 'up', 'back', 'away']);

/** Particles that turn a verb round. */
export const oppositeParticles: ReadonlySet<string> = new Set([
  'in out',
  'out in',
  'on off',
  'off on',
  'up down',
  'down up',
  'in off',
  'off in',
  'on out',
  'out on',
]);

/** Verb and particle written as one word. */
export const joinedVerbs: ReadonlyMap<string, string> = new Map([
  ['login', 'log_in'],
  ['logon', 'log_on'],
  ['signin', 'sign_in'],
  ['logout', 'log_out'],
  ['logoff', 'log_off'],
  ['signout', 'sign_out'],
  ['signup', 'sign_up'],
  ['checkin', 'check_in'],
  ['checkout', 'check_out'],
  ['setup', 'set_up'],
  ['pickup', 'pick_up'],
  ['backup', 'back_up'],
  ['backups', 'back_up'],
  ['shutdown', 'shut_down'],
]);

/** Verb and particle whose meaning is the verb's alone: the pair is only a frame. */
export const framePhrasals: ReadonlySet<string> = new Set(['find_out']);
