/// Power, energy, carbon, money. Each says on what it rests; energy avoided is a counterfactual.
extension KPIDefinition {
    private static let stops = """
        SELECT s.case_id, s.seq, s.h, f.unit, max(0, s.baseline_kw - s.after_kw) / 1000 AS mw,
            coalesce(s.low_kw, 0) / 1000 AS low, coalesce(s.high_kw, s.baseline_kw) / 1000 AS high,
            coalesce(s.power_basis, 'measured') AS basis
        FROM STEPS s JOIN FACTS f ON f.case_id = s.case_id
        WHERE s.to_state = 'stopped' AND s.from_state = 'measures_ordered'
        """

    /// Each stop with its end: now, the first return, or a year.
    private static let spans = """
        SELECT p.*, min(:upto, p.h + 31536000000000000, coalesce((
            SELECT min(coalesce(e.event_time, e.recorded_at)) FROM case_event e
            WHERE e.case_id = p.case_id AND e.seq > p.seq AND e.recorded_at <= :asof
                AND e.to_state IN ('recurred', 'measures_ordered') AND e.from_state <> e.to_state
                AND e.seq NOT IN (SELECT u.undoes FROM case_act u JOIN case_event ue ON ue.seq = u.seq
                    WHERE u.undoes IS NOT NULL AND ue.recorded_at <= :asof)), :upto)) AS until
        FROM (\(stops)) p WHERE p.h < :upto
        """

    /// The newest reading of each cycle that was known.
    private static let energy = """
        SELECT m.case_id, m.first_day, m.last_day, m.mining_kwh, m.account_kwh, m.low_kwh, m.high_kwh
        FROM measured_energy m WHERE m.recorded_at <= :asof AND m.row = (
            SELECT max(n.row) FROM measured_energy n WHERE n.case_id = m.case_id AND n.first_day = m.first_day
                AND n.last_day = m.last_day AND n.recorded_at <= :asof)
        """

    static let effect: [KPIDefinition] = [
        KPIDefinition(
            "K11", "关停负荷", "power shut", "MW", .amount,
            """
            WITH now AS MATERIALIZED (SELECT case_id, max(seq), mw, low, high, basis FROM (\(stops)
                    AND f.stopped_at >= :start AND f.stopped_at < :end AND s.h >= :start AND s.h < :end)
                GROUP BY case_id)
            SELECT '' AS part, sum(mw) AS num, NULL AS den, count(mw) AS n, sum(CASE WHEN mw IS NOT NULL
                THEN low END) AS low,
                sum(CASE WHEN mw IS NOT NULL THEN high END) AS high, NULL AS note FROM now
            UNION ALL SELECT 'not-known', NULL, NULL, count(*), NULL, NULL, 'stopped, power not known'
                FROM now WHERE mw IS NULL
            UNION ALL SELECT basis, sum(mw), NULL, count(mw), sum(low), sum(high), NULL
                FROM now WHERE mw IS NOT NULL GROUP BY basis
            """),
        KPIDefinition(
            "K12", "减少电量", "energy avoided", "MWh", .amount,
            """
            WITH span AS MATERIALIZED (SELECT mw, low, high, max(0, until - h) / 3600e9 AS hours FROM (\(spans)))
            SELECT '' AS part, sum(mw * hours) AS num, NULL AS den, count(mw) AS n,
                sum(CASE WHEN mw IS NOT NULL THEN low * hours END) AS low,
                sum(CASE WHEN mw IS NOT NULL THEN high * hours END) AS high, 'counterfactual' AS note FROM span
            """),
        KPIDefinition(
            "K13", "减排", "CO2 avoided", "t", .amount,
            """
            WITH RECURSIVE span AS MATERIALIZED (SELECT unit, mw, low, high, h, until FROM (\(spans))
                    WHERE mw IS NOT NULL AND until > h),
                year(y) AS (SELECT CAST(strftime('%Y', min(h) / 1000000000 + :off, 'unixepoch') AS INTEGER) FROM span
                    UNION ALL SELECT y + 1 FROM year
                    WHERE y < (SELECT CAST(strftime('%Y', max(until) / 1000000000 + :off,
                        'unixepoch') AS INTEGER) FROM span)),
                bound AS MATERIALIZED (SELECT y, (CAST(strftime('%s',
                    y || '-01-01') AS INTEGER) - :off) * 1000000000 AS a,
                    (CAST(strftime('%s', (y + 1) || '-01-01') AS INTEGER) - :off) * 1000000000 AS b
                    FROM year WHERE y IS NOT NULL),
                part AS MATERIALIZED (SELECT s.unit, b.y, count(*) AS n,
                    sum(s.mw * (min(s.until, b.b) - max(s.h, b.a)) / 3600e9) AS mwh,
                    sum(s.low * (min(s.until, b.b) - max(s.h, b.a)) / 3600e9) AS low,
                    sum(s.high * (min(s.until, b.b) - max(s.h, b.a)) / 3600e9) AS high
                    FROM span s JOIN bound b ON s.h < b.b AND s.until > b.a GROUP BY s.unit, b.y),
                known AS MATERIALIZED (SELECT p.*, (SELECT max(year) FROM emission_factor e
                    WHERE e.unit = p.unit AND e.year <= p.y
                    AND e.recorded_at <= :asof) AS fy FROM part p),
                tonnes AS MATERIALIZED (SELECT k.*, (SELECT tonnes_per_mwh FROM emission_factor e WHERE e.unit = k.unit
                    AND e.year = k.fy AND e.recorded_at <= :asof ORDER BY recorded_at DESC LIMIT 1) AS f FROM known k)
            SELECT '' AS part, CASE WHEN count(f) = count(*) THEN sum(mwh * f) END AS num, NULL AS den,
                (SELECT count(*) FROM span) AS n, CASE WHEN count(f) = count(*) THEN sum(low * f) END AS low,
                CASE WHEN count(f) = count(*) THEN sum(high * f) END AS high,
                CASE WHEN count(f) = count(*) THEN 'counterfactual' ELSE 'no factor' END AS note FROM tonnes
            UNION ALL SELECT unit || ':' || y, mwh * f, NULL, n, low * f, high * f, coalesce('factor ' || fy,
                'no factor')
                FROM tonnes
            """),
        KPIDefinition(
            "K14", "新增加倍能耗", "assessed new energy", "MWh", .amount,
            """
            WITH e AS MATERIALIZED (SELECT m.*, f.class_a1, f.class_a2 FROM (\(energy)) m
                    JOIN FACTS f ON f.case_id = m.case_id WHERE f.standing = 'confirmed' AND f.confirmed_at < :end),
                a1 AS (SELECT * FROM e WHERE class_a1 = 'new'), a2 AS (SELECT * FROM e WHERE class_a2 = 'new')
            SELECT '' AS part, 2 * sum(mining_kwh) / 1000 AS num, NULL AS den, count(DISTINCT case_id) AS n,
                2 * sum(low_kwh) / 1000 AS low, 2 * sum(high_kwh) / 1000 AS high, 'A1' AS note FROM a1
            UNION ALL SELECT 'A1:measured', sum(mining_kwh) / 1000, NULL, count(DISTINCT case_id), sum(low_kwh) / 1000,
                sum(high_kwh) / 1000, NULL FROM a1
            UNION ALL SELECT 'A2', 2 * sum(mining_kwh) / 1000, NULL, count(DISTINCT case_id), 2 * sum(low_kwh) / 1000,
                2 * sum(high_kwh) / 1000, NULL FROM a2
            UNION ALL SELECT 'A2:measured', sum(mining_kwh) / 1000, NULL, count(DISTINCT case_id), sum(low_kwh) / 1000,
                sum(high_kwh) / 1000, NULL FROM a2
            """),
        KPIDefinition(
            "K15", "应收加价", "surcharge due", "yuan", .amount,
            """
            WITH due AS MATERIALIZED (
                SELECT m.case_id, r.yuan_per_kwh * CASE WHEN r.whole_account THEN m.account_kwh ELSE m.mining_kwh END
                    * max(0, julianday(min(m.last_day, coalesce(r.last_day, m.last_day), date(:endday, '-1 day')))
                        - julianday(max(m.first_day, r.first_day, :firstday)) + 1)
                    / (julianday(m.last_day) - julianday(m.first_day) + 1) AS yuan
                FROM (\(energy)) m JOIN FACTS f ON f.case_id = m.case_id
                    JOIN surcharge_rate r ON r.unit = f.unit AND r.recorded_at <= :asof
                WHERE f.standing = 'confirmed' AND f.confirmed_at < :end AND f.category IS NOT 'M5'
                    AND r.first_day <= m.last_day AND coalesce(r.last_day, '9999-12-31') >= m.first_day
                    AND m.last_day >= :firstday AND m.first_day < :endday)
            SELECT '' AS part, sum(yuan) AS num, NULL AS den, count(DISTINCT CASE WHEN yuan IS NOT NULL
                THEN case_id END) AS n,
                NULL AS low, NULL AS high, NULL AS note FROM due
            UNION ALL SELECT 'not-known', NULL, NULL, count(DISTINCT case_id), NULL, NULL, 'account energy not known'
                FROM due WHERE yuan IS NULL
            """),
    ]
}
