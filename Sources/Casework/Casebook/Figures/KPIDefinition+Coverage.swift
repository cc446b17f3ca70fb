/// How much was looked at: absence of data is not absence of mining.
extension KPIDefinition {
    static let coverage: [KPIDefinition] = [
        KPIDefinition(
            "K16", "计量覆盖率", "meter coverage", "share", .share,
            """
            WITH day AS (SELECT meter, expected, present, hours, max(row) FROM meter_coverage
                    WHERE recorded_at <= :asof AND day >= :firstday AND day < :endday
                        AND (:unit IS NULL OR unit = :unit)
                    GROUP BY meter, day),
                meter AS MATERIALIZED (SELECT sum(expected) AS e, sum(present) AS p, sum(hours) AS h,
                    sum(CASE WHEN expected > 0 THEN hours * present / expected ELSE 0 END) AS seen
                        FROM day GROUP BY meter)
            SELECT '' AS part, count(CASE WHEN e > 0 AND p >= 0.8 * e THEN 1 END) AS num, count(*) AS den,
                count(*) AS n,
                NULL AS low, NULL AS high, NULL AS note FROM meter
            UNION ALL SELECT 'meter-hours', sum(seen), coalesce(sum(h), 0), count(*), NULL, NULL, NULL FROM meter
            """),
        KPIDefinition(
            "K17", "链路覆盖率", "link coverage", "share", .share,
            """
            WITH day AS MATERIALIZED (SELECT link, scope_hours AS s, watched_hours AS w, packets AS p, lost AS l,
                    unreadable AS u, max(row) FROM link_coverage
                    WHERE recorded_at <= :asof AND day >= :firstday AND day < :endday
                        AND (:unit IS NULL OR unit = :unit)
                    GROUP BY link, day)
            SELECT '' AS part, sum(w) AS num, coalesce(sum(s), 0) AS den, count(DISTINCT link) AS n, NULL AS low,
                NULL AS high, NULL AS note FROM day
            UNION ALL SELECT 'packet-loss', sum(l), coalesce(sum(p) + sum(l), 0), count(DISTINCT link), NULL, NULL,
                NULL FROM day
            UNION ALL SELECT 'unreadable', sum(u), coalesce(sum(p), 0), count(DISTINCT link), NULL, NULL, NULL FROM day
            """),
        KPIDefinition(
            "K18", "数据时效", "freshness", "hours", .amount,
            """
            WITH seen AS MATERIALIZED (SELECT source, max(newest_event) AS newest, cadence_s, count(*) AS n
                    FROM source_seen WHERE recorded_at <= :asof GROUP BY source),
                age AS (SELECT source, n, max(0, :upto - newest) / 3600e9 AS hours,
                    CASE WHEN :upto - newest > 2 * cadence_s * 1000000000 THEN 'red' END AS note FROM seen)
            SELECT '' AS part, max(hours) AS num, NULL AS den, count(*) AS n, NULL AS low, NULL AS high,
                max(note) AS note FROM age
            UNION ALL SELECT source, hours, NULL, n, NULL, NULL, note FROM age
            """),
    ]
}
