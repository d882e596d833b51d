import type { Json } from '../../../sdk/json.ts';
import { hashShare } from '../hash.ts';
import { subjects } from '../plan.ts';
import {
  PlanError,
  readArgs,
  readList,
  readNumber,
  readObject,
  readOneOf,
  readText,
  show,
} from '../reader.ts';
import { subjectOf } from '../subject.ts';
import { type LeafKind, leafKind } from './leaf.ts';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type Weekday = (typeof weekdays)[number];

const minutesPerDay = 1440;

/** `09:30` -> 570. `24:00` is the end of the day. */
function minutesOf(value: Json | undefined, what: string): string {
  const text = readText(value, what, 5);
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(text)) {
    throw new PlanError(`${what}: expected a time of day such as 09:30, got ${show(text)}`);
  }
  return text;
}

function toMinutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function timeZone(value: Json | undefined, what: string): string {
  const tz = readText(value, what, 64);
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: tz });
  } catch {
    throw new PlanError(`${what}: expected a time zone such as Europe/Berlin or UTC, got ${show(tz)}`);
  }
  return tz;
}

/** Weekday (0 is Sunday) and minute of the day of an instant, in a time zone. The last minute asked is kept. */
function localTime(tz: string): (nowMs: number) => { day: number; minute: number } {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: tz,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  let known = { day: 0, minute: 0 };
  let knownMinute = Number.NaN;
  return (nowMs) => {
    const now = Math.floor(nowMs / 60_000);
    if (now !== knownMinute) {
      const parts = Object.fromEntries(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
      const day = weekdays.indexOf(parts['weekday']!.toLowerCase() as Weekday);
      known = { day, minute: Number(parts['hour']) * 60 + Number(parts['minute']) };
      knownMinute = now;
    }
    return known;
  };
}

/**
 * `hours(from, to, { tz, days })`: from the first minute named up to, not including, the second. A span over
 * midnight belongs to the day it began on.
 */
const hours = leafKind<[string, string, { tz: string; days: readonly Weekday[] }]>({
  need: 'req',
  parse(args, name) {
    const [from, to, given] = readArgs(args, name, 3);
    const start = minutesOf(from, `${name} argument 1`);
    const end = minutesOf(to, `${name} argument 2`);
    if (start === end || start === '24:00' || end === '00:00') {
      throw new PlanError(
        `${name}: expected two different times from 00:00 to 24:00, got ${start} to ${end}`,
      );
    }
    const options = readObject(given, `${name} argument 3`, ['tz', 'days']);
    const days =
      options['days'] === undefined
        ? [...weekdays]
        : readList(options['days'], `${name} days`, (day, what) => readOneOf(day, what, weekdays), {
            max: 7,
          });
    return [start, end, { tz: timeZone(options['tz'], `${name} tz`), days }];
  },
  prepare([from, to, { tz, days }]) {
    const start = toMinutes(from);
    const end = toMinutes(to);
    const local = localTime(tz);
    const isOn = weekdays.map((day) => days.includes(day));
    return {
      see({ ctx }) {
        const { day, minute } = local(ctx.arrivedAtMs);
        const clock = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
        return `${weekdays[day]} ${clock}`;
      },
      holds(_, { ctx }) {
        const { day, minute } = local(ctx.arrivedAtMs);
        if (start < end) return isOn[day]! && minute >= start && minute < Math.min(end, minutesPerDay);
        return (isOn[day]! && minute >= start) || (isOn[(day + 6) % 7]! && minute < end);
      },
    };
  },
});

/** `ab(share, { by, salt })`: true for `share` per cent of the subjects, always the same ones. */
const ab = leafKind<[number, { by: (typeof subjects)[number]; salt: string }]>({
  need: 'req',
  parse(args, name) {
    const [share, given] = readArgs(args, name, 2);
    const options = readObject(given, `${name} argument 2`, ['by', 'salt']);
    return [
      readNumber(share, `${name} argument 1 (per cent)`, { min: 0, max: 100 }),
      {
        by: readOneOf(options['by'], `${name} by`, subjects),
        salt: readText(options['salt'], `${name} salt`, 128),
      },
    ];
  },
  prepare: ([share, { by, salt }]) => ({
    see: ({ ctx }) => Math.floor(hashShare(subjectOf(by, ctx).id, salt) * 10_000) / 100,
    holds: (_, { ctx }) => hashShare(subjectOf(by, ctx).id, salt) * 100 < share,
  }),
});

/** Predicates about the time of day and about shares of subjects. */
export const timeLeaves: Readonly<Record<string, LeafKind>> = { hours, ab };
