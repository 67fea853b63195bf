import { describe, expect, it } from 'vitest';
import { toDuckSql } from '../../../local/workspace/spark-sql.ts';

const now = "make_timestamp(getvariable('sim_now_us'))";

describe('the rewrite from Databricks SQL', () => {
  it.each([
    ['SELECT :a', 'SELECT CAST($a AS VARCHAR)'],
    ['SELECT a::INT', 'SELECT a::INT'],
    ['SELECT `a b`.`c``d`', 'SELECT "a b"."c`d"'],
    ["SELECT 'x :a `y` \\' z'", "SELECT 'x :a `y` '' z'"],
    ["SELECT 'it''s'", "SELECT 'it''s'"],
    ['SELECT "don\'t"', "SELECT 'don''t'"],
    ['SELECT 1 -- :a\n', 'SELECT 1  \n'],
    ['SELECT /* :a */ 1', 'SELECT   1'],
    ['SELECT * FROM system.serving.served_entities', 'SELECT * FROM simulator.serving.served_entities'],
    ['SELECT my.system.x, system', 'SELECT my.system.x, system'],
    ['SELECT current_timestamp(), now(), t.now', `SELECT ${now}, ${now}, t.now`],
    ['SELECT current_timestamp', `SELECT ${now}`],
    ['SELECT current_date()', `SELECT CAST(${now} AS DATE)`],
    ["SELECT to_timestamp('x')", "SELECT spark_to_timestamp('x')"],
  ])('%s', (spark, duck) => {
    expect(toDuckSql(spark, [])).toBe(duck);
  });

  it('casts a parameter to its declared type', () => {
    const parameters = [
      { name: 'a', type: 'long', value: '1' },
      { name: 'b', type: 'DECIMAL(4,1)', value: '1' },
    ];
    expect(toDuckSql('SELECT :a, :b', parameters)).toBe(
      'SELECT CAST($a AS BIGINT), CAST($b AS DECIMAL(4,1))',
    );
  });
});
