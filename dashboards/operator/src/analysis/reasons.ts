/** A sentence of this page, with what stands in it; undefined where the page has none for what the server says. */
export interface Reason {
  text: string;
  values: Record<string, string>;
}

/** What the API says of figures that are not defined, each with the name of our sentence for it. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^There is no reading in the period\.$/, 'noReadings'],
  [/^There is one reading in the period; it takes two\.$/, 'oneReading'],
  [/^A value of the period is beyond 1e140/, 'tooLarge'],
  [/^The mean is 0;/, 'zeroMean'],
  [/^The mean is too near to 0;/, 'nearlyZeroMean'],
  [/^All readings are of one instant,/, 'oneInstant'],
  [/^All readings are equal:/, 'constant'],
  [/^Two readings always lie on a line;/, 'twoReadings'],
  [/^Readings follow each other so closely/, 'alike'],
  [/^There are (?<n>\d+) steps; too few to keep some back\.$/, 'fewSteps'],
  [/^The period has (?<n>\d+) (?:reading or step|readings or steps); .+ takes (?<least>\d+) at least\./, 'fewForForecast'],
  [/^There are (?<n>\d+) pairs; it takes three\./, 'fewPairs'],
  [/^All readings of "(?<key>.*)" of "(?<device>.*)" are equal: nothing can go together/, 'constantOf'],
];

/** Which of our sentences says what the API gave as reason, so that it is told in the language of the page. */
export function knownReason(sentence: string): Reason | undefined {
  for (const [pattern, text] of KNOWN) {
    const found = pattern.exec(sentence);
    if (found !== null) return { text, values: { ...found.groups } };
  }
  return undefined;
}
