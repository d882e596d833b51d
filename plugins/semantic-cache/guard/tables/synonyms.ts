import { stem } from '../stem.ts';

/** Words that may stand for each other in a prompt without changing its answer, in any form. One line is one group. */
const rows = `picture photo photograph image
buy purchase
delete erase
begin start commence
finish end complete
fix repair resolve solve
error bug
car automobile
movie film
shop store
package parcel
ship deliver delivery shipping shipment dispatch
vacation holiday
annual yearly
bill charge
price cost fee
cancel cancellation terminate
phone telephone cellphone mobile
email mail
tv television
bike bicycle
doctor physician
lawyer attorney
kid child
big large
little small
quick fast rapid speedy
smart intelligent clever
scared frightened afraid
angry mad furious
happy glad cheerful
sad unhappy
sick ill
rich wealthy
vocal outspoken
write compose draft
make create generate produce
summarize summary summarise
short brief shorten abbreviate
thank thanking
suggest recommend propose suggestion recommendation
correct fix rectify
amend edit modify
display show view
choose select pick
contact reach
answer reply respond response
help assist assistance
require need necessary
multiple several
unable cannot
author writer write
painter paint
inventor invent
founder found
director direct
differ difference different
difference distinction
folder directory
argument parameter
iterate loop
location place
abbreviation acronym
human person people
tall high height
long length
far distance
heavy weight weigh
fast speed
deep depth
wide width
old age
method way
offer provide
discount rebate
coupon voucher
stock available availability
internationally international abroad overseas
update refresh
verify verification confirm
register sign_up signup registration
log_in sign_in
log_out sign_out log_off
password passcode
company firm
job occupation
boss manager
salary wage
flat apartment
lift elevator
petrol gasoline
trash garbage rubbish
luggage baggage
trip journey
city town
nearest closest
country nation
speak spoken
medicine medication drug
boil boiling
freeze freezing
simple easy
tip advice
guide tutorial
buddy friend
stop halt
execute run
retrieve fetch
refund reimbursement
warranty guarantee
track trace
locate find search
opening open
hour hours
include comprise contain
use utilize usage
show demonstrate
rendering render
crash crashing
wait waiting
currently presently
mistake fault
street road
rock stone
couch sofa
wallet purse`;

const groups = new Map<string, number[]>();
rows.split('\n').forEach((row, group) => {
  for (const word of row.trim().split(/\s+/)) {
    if (word === '') continue;
    const base = stem(word);
    const known = groups.get(base);
    if (known === undefined) groups.set(base, [group]);
    else known.push(group);
  }
});

/** Whether two base forms are in one group. */
export function areSynonyms(one: string, other: string): boolean {
  const of = groups.get(one);
  if (of === undefined) return false;
  const others = groups.get(other);
  return others !== undefined && of.some((group) => others.includes(group));
}
