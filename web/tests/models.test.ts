import { describe, expect, it } from 'vitest';
import { modelName, mostDisputed, sharesOf, writtenModel } from '../src/parts/models';

describe('models of attribution', () => {
  const stages = { ends: [30, 60, 90] as [number, number, number], lead: 7, won: 0 };
  const numbers = { half: 7, first: 40, last: 30, order: 1, stages };
  it('are written with their free numbers', () => {
    expect(writtenModel('time-decay', numbers)).toBe('time-decay:7');
    expect(writtenModel('position', numbers)).toBe('position:40/30');
    expect(writtenModel('markov', numbers)).toBe('markov');
    expect(writtenModel('markov', { ...numbers, order: 2 })).toBe('markov:2');
  });
  it('share by stage of the funnel, each with its own decay', () => {
    expect(sharesOf(stages)).toEqual([30, 30, 30, 10]);
    expect(writtenModel('stages', numbers)).toBe('stages:30/30~7/30/10');
    expect(writtenModel('stages', { ...numbers, stages: { ends: [0, 100, 100], lead: 0, won: 3 } })).toBe('stages:0/100/0~3/0');
  });
  it('are named without their numbers', () => {
    expect(modelName((key) => key, 'time-decay:7@60')).toBe('models.time-decay');
    expect(modelName((key) => key, 'ours')).toBe('ours');
  });
  it('are disputed where they differ most', () => {
    const rows = [
      { step: 'a', value: ['60', '50'] },
      { step: 'b', value: ['20', '45'] },
      { step: null, value: ['20', '5'] },
    ];
    expect(mostDisputed(rows)).toEqual({ row: 1, low: 0, high: 1 });
    expect(mostDisputed([{ step: 'a', value: ['100', '99'] }])).toBeNull();
    expect(mostDisputed([])).toBeNull();
  });
});
