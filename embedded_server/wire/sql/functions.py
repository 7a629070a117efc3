"""Functions of the supported products that read or compute and change nothing."""

from __future__ import annotations

_AGGREGATES = """
    any_value approx_count_distinct approx_quantile arg_max arg_min array_agg avg bit_and bit_or bit_xor
    bool_and bool_or corr count covar_pop covar_samp every first first_value group_concat grouping histogram
    json_agg json_arrayagg json_group_array json_group_object json_object_agg json_objectagg jsonb_agg
    jsonb_object_agg lag last last_value lead list max median min mode nth_value ntile percent_rank
    percentile_cont percentile_disc quantile_cont quantile_disc rank dense_rank row_number cume_dist
    regr_slope std stddev stddev_pop stddev_samp string_agg sum total var_pop var_samp variance xmlagg
"""
_TEXT = """
    ascii bit_length btrim char char_length character_length chr concat concat_ws contains convert decode
    editdist3 elt encode ends_with export_set field find_in_set format from_base64 glob hex initcap insert
    instr lcase left length like locate lower lpad ltrim make_set md5 mid octet_length ord overlay
    parse_ident position printf quote quote_ident quote_literal quote_nullable regexp_count regexp_extract
    regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array
    regexp_split_to_table regexp_substr repeat replace reverse right rpad rtrim sha1 sha2 sha224 sha256
    sha384 sha512 soundex space split split_part starts_with str_split strcmp string_split string_to_array
    string_to_table strip_accents strpos substr substring substring_index to_base64 to_char to_hex translate
    trim ucase unhex unicode unistr upper
"""
_NUMBERS = """
    abs acos acosh asin asinh atan atan2 atanh cbrt ceil ceiling conv cos cosh cot crc32 degrees div exp
    factorial floor gcd greatest isfinite isinf isnan lcm least ln log log10 log2 mod pi pow power radians
    rand random round scale sign sin sinh sqrt square tan tanh to_number trim_scale trunc truncate
    width_bucket
"""
_TIMES = """
    adddate addtime age clock_timestamp curdate current_date current_time current_timestamp curtime date
    date_add date_diff date_format date_part date_sub date_trunc datediff datetime dayname day dayofmonth
    dayofweek dayofyear epoch epoch_ms extract from_days from_unixtime hour isodow julian julianday
    justify_days justify_hours justify_interval last_day localtime localtimestamp make_date make_interval
    make_time make_timestamp make_timestamptz makedate maketime microsecond minute month monthname now
    period_add period_diff quarter sec_to_time second statement_timestamp str_to_date strftime strptime
    subdate subtime sysdate time time_bucket time_format time_to_sec timediff timestamp timestampadd
    timestampdiff timezone to_date to_days to_seconds to_timestamp today transaction_timestamp unix_timestamp
    unixepoch utc_date utc_time utc_timestamp week weekday weekofyear year yearweek
"""
_CONDITIONS = """
    coalesce if ifnull iif isnull likelihood likely nullif nvl try_cast unlikely num_nulls num_nonnulls
"""
_JSON_ARRAYS = """
    array_append array_cat array_contains array_length array_lower array_ndims array_position
    array_positions array_prepend array_remove array_replace array_to_json array_to_string array_upper
    cardinality flatten from_json generate_series generate_subscripts json json_array json_array_elements
    json_array_elements_text json_array_length json_build_array json_build_object json_contains json_depth
    json_each json_each_text json_exists json_extract json_extract_path json_extract_path_text
    json_extract_string json_insert json_keys json_length json_object json_object_keys json_patch
    json_populate_record json_pretty json_query json_quote json_remove json_replace json_search json_set
    json_strip_nulls json_table json_to_record json_to_recordset json_tree json_type json_typeof
    json_unquote json_valid json_value jsonb jsonb_array_elements jsonb_array_elements_text
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
    jsonb_extract_path_text jsonb_insert jsonb_object_keys jsonb_path_exists jsonb_path_query
    jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_to_record
    jsonb_to_recordset jsonb_typeof list_aggregate list_contains list_filter list_transform list_value map
    map_keys map_values range row row_to_json struct_extract struct_pack to_json to_jsonb unnest
"""
_ABOUT = """
    changes col_description col_length collation connection_id current_catalog current_database
    current_query current_role current_schema current_schemas current_setting current_user database
    format_type found_rows has_column_privilege has_database_privilege has_schema_privilege
    has_table_privilege last_insert_id last_insert_rowid obj_description pg_backend_pid
    pg_blocking_pids pg_column_size pg_database_size pg_encoding_to_char pg_get_constraintdef pg_get_expr
    pg_get_functiondef pg_get_indexdef pg_get_ruledef pg_get_triggerdef pg_get_userbyid pg_get_viewdef
    pg_indexes_size pg_is_in_recovery pg_postmaster_start_time pg_relation_size pg_size_pretty pg_sleep
    pg_table_is_visible pg_table_size pg_total_relation_size pg_typeof row_count schema session_user sleep
    sqlite_compileoption_get sqlite_compileoption_used sqlite_source_id sqlite_version system_user
    to_regclass to_regproc to_regtype total_changes txid_current_if_assigned typeof user uuid uuid_generate_v4
    gen_random_uuid version
"""
_SEARCH = """
    bm25 highlight match phraseto_tsquery plainto_tsquery rtreecheck setweight snippet to_tsquery to_tsvector
    ts_headline ts_rank ts_rank_cd tsvector_to_array websearch_to_tsquery
"""
_FILES = (
    "read_csv read_csv_auto read_json read_json_auto read_parquet read_text parquet_metadata parquet_schema"
)

_ALL = " ".join((_AGGREGATES, _TEXT, _NUMBERS, _TIMES, _CONDITIONS, _JSON_ARRAYS, _ABOUT, _SEARCH, _FILES))
PURE_FUNCTIONS = frozenset(_ALL.split())
